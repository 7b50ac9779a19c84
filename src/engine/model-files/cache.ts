import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder where fetched models and data sets are kept: THINKSCALE_HOME if set, else `thinkscale` in the user's cache
 * folder (XDG_CACHE_HOME or ~/.cache; ~/Library/Caches on macOS; LOCALAPPDATA on Windows).
 */
export function thinkscaleHome(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return env.THINKSCALE_HOME || join(userCache(env, platform), 'thinkscale');
}

function userCache(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

/** Where models lie inside the cache. */
export function modelsFolder(home: string): string {
  return join(home, 'models');
}
