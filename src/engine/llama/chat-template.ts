import { Template } from '@huggingface/jinja';
import { ThinkscaleError } from '../../core/errors.js';
import type { Message } from '../../core/problem.js';
import type { LlamaDescription, LlamaEngine } from '../../native/llama.js';

/** For models that bring none: a transcript, which a model of plain text can continue. */
const transcript =
  '{% for message in messages %}{{ message.role | capitalize }}: {{ message.content }}\n\n{% endfor %}Assistant:';

/** Private-use characters, one of which a conversation hardly ever holds. */
const marks = Array.from({ length: 64 }, (_, offset) => String.fromCodePoint(0xe000 + offset));

/** Writes conversations as the model's own chat template does. */
export class ChatTemplate {
  readonly #template: Template;

  constructor(
    private readonly native: LlamaEngine,
    private readonly description: LlamaDescription,
  ) {
    this.#template = new Template(description.chatTemplate ?? transcript);
  }

  /** The tokens of a conversation, ready for the assistant's turn. */
  tokenize(messages: readonly Message[]): Int32Array {
    const mark = marks.find((candidate) => messages.every(({ content }) => !content.includes(candidate)));
    if (mark === undefined) {
      const expected = 'text that leaves one of the characters U+E000 to U+E03F unused';
      throw new ThinkscaleError('TS_ENGINE_INPUT', { field: 'messages', expected, got: 'all of them' });
    }
    const safe = messages.map(({ role, content }) => {
      return { role, content: this.#spellsSpecial(content) ? `${mark}${content}${mark}` : content };
    });
    // Between marks stands what was written inside a message: there a special token's spelling is only text.
    const tokens = this.#render(safe)
      .split(mark)
      .flatMap((part, at) => {
        if (part === '') return [];
        return at % 2 === 1
          ? [...this.native.tokenizeContinuation(part)]
          : [...this.native.tokenize(part, true)];
      });
    const { startToken } = this.description;
    if (startToken !== null && tokens[0] !== startToken) tokens.unshift(startToken);
    return Int32Array.from(tokens);
  }

  #spellsSpecial(content: string): boolean {
    const [special, plain] = [this.native.tokenize(content, true), this.native.tokenize(content, false)];
    return special.length !== plain.length || special.some((token, at) => token !== plain[at]);
  }

  #render(messages: readonly Message[]): string {
    const { startText, endText } = this.description;
    try {
      return this.#template.render({
        messages: messages.map((message) => ({ ...message })),
        add_generation_prompt: true,
        bos_token: startText,
        eos_token: endText,
      });
    } catch (error) {
      const got = error instanceof Error ? error.message : String(error);
      const expected = "a conversation that the model's chat template takes";
      throw new ThinkscaleError('TS_ENGINE_INPUT', { field: 'messages', expected, got }, { cause: error });
    }
  }
}
