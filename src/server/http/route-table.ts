import type { FastifyInstance } from 'fastify';

/** Which methods each path takes, to tell an unknown path from a wrong method. */
export class RouteTable {
  readonly #routes: { readonly pattern: RegExp; readonly methods: string[] }[] = [];

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      this.#routes.push({ pattern: patternOf(url), methods: [method].flat() });
    });
  }

  /** Methods of a path, each once; empty for one that is not served. */
  methodsOf(path: string): string[] {
    const found = this.#routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    return [...new Set(found)];
  }
}

function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
