import { encode, endToken, lastQuestion } from '../../src/engine/scripted/code-points.js';
import type { ScriptedEngine } from '../../src/engine/scripted/scripted-engine.js';

/** Has an engine write what `write` makes of a question; null leaves it to the engine's script. */
export function writing(
  engine: ScriptedEngine,
  write: (question: string) => string | null,
): { readonly engine: ScriptedEngine; readonly questions: string[] } {
  const questions: string[] = [];
  const scripted = engine.script.reply.bind(engine.script);
  engine.script.reply = async (transcript, seed, sampling) => {
    const question = lastQuestion(transcript);
    const text = write(question);
    if (text === null) return scripted(transcript, seed, sampling);
    questions.push(question);
    const tokens = Int32Array.from([...encode(text), endToken]);
    return {
      tokens,
      texts: [...text, ''],
      thoughts: [...tokens].map(() => ''),
      logProbabilities: new Float32Array(tokens.length).fill(-0.1),
      confidences: new Float32Array(tokens.length).fill(3),
      thinkingTokens: 0,
      repeats: false,
      crashesAt: null,
    };
  };
  return { engine, questions };
}

/** The candidates that a prompt quotes, without their marks. */
export function quotedCandidates(question: string): string[] {
  return [...question.matchAll(/^Candidate \d+:\n((?:> .*(?:\n|$))+)/gm)].map(([, lines = '']) =>
    lines.trim().replaceAll(/^> /gm, ''),
  );
}
