/** Longest time that a timer can be set to; Node takes a longer one for no time at all. */
const longest = 2 ** 31 - 1;

/** Milliseconds to set a timer of `seconds` to: none for a time that is over, at most about 24 days. */
export function timerMilliseconds(seconds: number): number {
  return Math.min(longest, Math.max(0, seconds * 1000));
}
