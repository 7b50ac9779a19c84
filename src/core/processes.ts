import { isErrno } from './files.js';

/** Whether a process of this machine runs, whoever it belongs to. */
export function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}
