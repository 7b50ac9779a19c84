import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';

/** One result of an instant query. */
interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** Seconds after which a Prometheus that says nothing is taken for hung. */
const patience = 120;

/** A Prometheus with the configuration of deploy/, which scrapes `targets` each second. */
export class RunningPrometheus {
  private constructor(
    private readonly origin: string,
    private readonly child: ReturnType<typeof spawn>,
  ) {}

  static async start(folder: string, targets: readonly string[]): Promise<RunningPrometheus> {
    const port = await freePort();
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, configuration(targets));
    const args = [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, '--log.level=warn'];
    const child = spawn('prometheus', [...args, `--web.listen-address=127.0.0.1:${port}`]);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += String(text)));
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`prometheus ended with ${code}:\n${output}`)));
    });
    const started = new RunningPrometheus(`http://127.0.0.1:${port}`, child);
    const isReady = async (): Promise<boolean> => (await fetch(`${started.origin}/-/ready`)).ok;
    await Promise.race([until(isReady), failed]);
    failed.catch(() => undefined);
    return started;
  }

  async query(text: string): Promise<readonly Sample[]> {
    const body = new URLSearchParams({ query: text });
    const response = await fetch(`${this.origin}/api/v1/query`, { method: 'POST', body });
    const { data, error } = (await response.json()) as {
      readonly data?: { readonly result: readonly Sample[] };
      readonly error?: string;
    };
    if (data === undefined) throw new Error(`${text}: ${error}`);
    return data.result;
  }

  async rules(): Promise<readonly RuleState[]> {
    const response = await fetch(`${this.origin}/api/v1/rules`);
    const { data } = (await response.json()) as {
      readonly data: { readonly groups: readonly { readonly rules: readonly RuleState[] }[] };
    };
    return data.groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

/** Asks again until the answer is yes; a refused connection is a no. */
export async function until(question: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patience * 1000;
  for (;;) {
    const answer = await question().catch((error: unknown) => error);
    if (answer === true) return;
    if (performance.now() > deadline) throw new Error(`not within ${patience} s; last: ${String(answer)}`);
    await sleep(200);
  }
}

/** That of deploy/, faster, with other targets. */
function configuration(targets: readonly string[]): string {
  const config = parse(readFileSync('deploy/prometheus/prometheus.yml', 'utf8')) as Record<string, unknown>;
  return stringify({
    ...config,
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [resolve('deploy/prometheus/rules.yml')],
    scrape_configs: [{ job_name: 'thinkscale', static_configs: [{ targets }] }],
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return address.port;
}
