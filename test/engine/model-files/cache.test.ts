import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thinkscaleHome } from '../../../src/engine/model-files/cache.js';

describe('thinkscaleHome', () => {
  it.each([
    ['THINKSCALE_HOME before all else', { THINKSCALE_HOME: '/a', XDG_CACHE_HOME: '/b' }, 'linux', '/a'],
    ['the cache folder that XDG names', { XDG_CACHE_HOME: '/b' }, 'linux', join('/b', 'thinkscale')],
    ['~/.cache on Linux', { THINKSCALE_HOME: '' }, 'linux', join(homedir(), '.cache/thinkscale')],
    ['~/Library/Caches on macOS', {}, 'darwin', join(homedir(), 'Library/Caches/thinkscale')],
    ['LOCALAPPDATA on Windows', { LOCALAPPDATA: '/d' }, 'win32', join('/d', 'thinkscale')],
  ] as const)('is %s', (_, env, platform, expected) => {
    expect(thinkscaleHome(env, platform)).toBe(expected);
  });
});
