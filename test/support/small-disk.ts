import { spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './temporary.js';

/** A folder on which little can be written, and the command to run a program under that limit. */
export interface SmallDisk {
  readonly directory: string;
  readonly command: readonly string[];
}

/** A file system of its own of 256 kB, or null where this process may not mount one. */
function mounted(directory: string): SmallDisk | null {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
  if (status !== 0) return null;
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  return { directory, command: [] };
}

/** Files of at most 256 kB (POSIX counts 512-byte blocks, bash 1024-byte ones). */
function limited(directory: string): SmallDisk {
  return { directory, command: ['sh', '-c', 'ulimit -f 512 && exec "$@"', 'sh'] };
}

export const smallDisks = {
  'a full file system, or a limit where none can be mounted': () => {
    const directory = temporaryDirectory();
    return mounted(directory) ?? limited(directory);
  },
  'a limit on the size of files': () => limited(temporaryDirectory()),
} satisfies Record<string, () => SmallDisk>;
