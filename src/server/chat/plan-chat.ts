import { extractors } from '../../answers/answer.js';
import { ThinkscaleError } from '../../core/errors.js';
import { canonicalJson } from '../../core/hash.js';
import { parseInput } from '../../core/parse.js';
import { question } from '../../core/problem.js';
import { deriveSeed } from '../../core/random.js';
import { type Sampling, samplingSchema } from '../../core/sample.js';
import { checkPromptLength, requireCapability, requireSampling } from '../../engine/request-checks.js';
import type { PolicyChoice } from '../../policy/policy.js';
import { createStrategy } from '../../strategies/registry.js';
import type { ServerContext } from '../context.js';
import type { ServedModel } from '../served-model.js';
import type { ChatPlan } from './chat-plan.js';
import type { ChatRequest } from './chat-request.js';
import { chosenStrategy, type NamedStrategy, namedModel, parseStrategy } from './plan/chosen-strategy.js';
import { tokenBounds } from './plan/token-bounds.js';

/**
 * Decides what a request takes, before anything is evaluated.
 * @throws TS_MODEL_UNKNOWN; TS_REQUEST_INVALID, TS_CONFIG_INVALID for options that make no sense or cost more than a request
 *   may; TS_ENGINE_CAPABILITY_MISSING; TS_PROMPT_TOO_LONG
 */
export async function planChat(request: ChatRequest, context: ServerContext): Promise<ChatPlan> {
  const { model, strategyKind } = namedModel(request.model, context.models);
  const named = chosenStrategy(request, strategyKind);
  const choice = policyChoice(request, context, model, named);
  const strategy = named?.strategy ?? parseStrategy(choice.strategy);
  const { maxSamples, models } = createStrategy(strategy);
  const others = otherModels(models, context);
  const samples = maxSamples === 1 ? 1 : (request.thinkscale.budget.samples ?? choice.samples);
  const sampling = samplingOf(request, context, model, choice);
  if (sampling.temperature === 0 && samples > 1) {
    const expected = 'above 0 for a strategy of several samples, which would all be the same';
    throw new ThinkscaleError('TS_REQUEST_INVALID', { param: 'temperature', expected, got: 0 });
  }
  const { info } = model.engine;
  requireSampling(info, sampling);
  if ((request.logProbabilities ?? 0) > 0) requireCapability(info, 'topLogProbabilities');
  const bounds = tokenBounds(request, context, strategy, { samples, maxTokens: sampling.maxTokens });
  const prompt = await model.engine.tokenize(request.messages);
  checkPromptLength(prompt.length, info.contextLength);
  const { view, budget } = { view: request.thinkscale.reasoning, budget: request.thinkscale.budget };
  return {
    model,
    messages: request.messages,
    strategy,
    chosenBy: named?.chosenBy ?? 'effort',
    effort: named === null ? (request.effort ?? context.config.effort) : request.effort,
    expectedAccuracy: choice.expectedAccuracy,
    choices: request.choices,
    samples,
    sampling,
    budget: { ...budget, samples, tokens: bounds.tokens(prompt.length) },
    seed: request.seed === null ? randomSeed() : deriveSeed('request', request.seed),
    extract: extraction(request, context),
    tools: request.tools,
    logProbabilities: request.logProbabilities,
    view: view === 'leader' && !request.stream ? 'answer' : view,
    others,
    worstCaseTokens: bounds.worstCase(prompt.length),
  };
}

/** What the policy says; a strategy that was named takes its samples and its thinking from there too. */
function policyChoice(
  request: ChatRequest,
  { policy, config }: ServerContext,
  model: ServedModel,
  named: NamedStrategy | null,
): PolicyChoice {
  const isFree = request.tools !== null && request.tools.schema === null;
  return policy.choose({
    question: question(request.messages),
    effort: request.effort ?? config.effort,
    target: request.thinkscale.target,
    thinks: model.engine.info.thinkingFormat !== null && model.engine.info.capabilities.thinking,
    // Greedy samples are all the same, and free tool calls can't be compared.
    votes: named !== null || (request.temperature !== 0 && !isFree),
  });
}

function otherModels(names: readonly string[], { models }: ServerContext): ChatPlan['others'] {
  return new Map(
    names.map((name) => {
      const served = models.get(name);
      if (served !== undefined) return [name, served.engine];
      const params = { model: name, served: [...models.keys()].join(', ') };
      throw new ThinkscaleError('TS_MODEL_UNKNOWN', params);
    }),
  );
}

function samplingOf(
  request: ChatRequest,
  { config }: ServerContext,
  { engine }: ServedModel,
  { thinkingTokens }: PolicyChoice,
): Sampling {
  const thinks = engine.info.thinkingFormat !== null && engine.info.capabilities.thinking;
  const thought = thinks ? (thinkingTokens ?? 0) : 0;
  const maxTokens = request.maxTokens ?? config.maxCompletionTokens + thought;
  // A quarter is kept for the answer, and half of a small maximum, so that thinking never eats all of it.
  const kept = Math.max(Math.floor(maxTokens / 4), Math.min(64, Math.floor(maxTokens / 2)));
  const answerReserve = Math.max(1, Math.min(config.maxCompletionTokens, kept));
  const { temperature, topP, tools, jsonSchema } = request;
  return parseInput(
    samplingSchema,
    {
      ...(temperature !== null && { temperature }),
      // OpenAI allows 0, which leaves the most probable token.
      ...(topP !== null && { topP: Math.max(topP, 1e-6) }),
      frequencyPenalty: request.frequencyPenalty,
      presencePenalty: request.presencePenalty,
      logitBias: [...request.logitBias],
      stop: [...request.stop],
      maxTokens,
      jsonSchema: tools?.schema ?? jsonSchema,
      thinking: thinks && maxTokens > 1 ? { maxTokens: thought, answerReserve } : null,
    },
    '',
  );
}

/** Two tool calls agree if they are the same calls; other replies as the request or the server says. */
function extraction(
  { tools, jsonSchema, thinkscale }: ChatRequest,
  { config }: ServerContext,
): ChatPlan['extract'] {
  const extract = extractors[thinkscale.answer ?? (jsonSchema === null ? config.answer : 'json')];
  if (tools === null) return extract;
  return (text) => {
    const { calls, text: words } = tools.parse(text);
    if (calls.length === 0) return extract(words);
    return canonicalJson(calls.map(({ name, arguments: given }) => [name, parsed(given)]));
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
