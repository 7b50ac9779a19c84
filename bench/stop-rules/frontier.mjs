/**
 * What a rule saves at most for each disagreement, over a sweep of its parameter.
 * @param {readonly { disagreement: number, saved: number }[]} points
 * @returns the points that no other beats in both, by rising disagreement
 */
export function frontierOf(points) {
  const rising = points.toSorted((a, b) => a.disagreement - b.disagreement || b.saved - a.saved);
  const frontier = [];
  for (const point of rising) {
    if (point.saved > (frontier.at(-1)?.saved ?? Number.NEGATIVE_INFINITY)) frontier.push(point);
  }
  return frontier;
}

/**
 * What the rule saves at this disagreement: on the line between the neighbours of the frontier, which a coin between
 * the two settings reaches. Null outside the frontier: the rule has no setting that disagrees as rarely or as often.
 */
export function savedAt(frontier, disagreement) {
  const above = frontier.findIndex((point) => point.disagreement >= disagreement);
  const next = frontier[above];
  if (next === undefined) return null;
  if (next.disagreement === disagreement) return next.saved;
  const below = frontier[above - 1];
  if (below === undefined) return null;
  const share = (disagreement - below.disagreement) / (next.disagreement - below.disagreement);
  return below.saved + share * (next.saved - below.saved);
}

/**
 * What the rule of the frontier saves where another rule's point lies. Where that point disagrees more often than the
 * frontier ever does, its last point stands for it if it saves as much all the same; null if it does not.
 */
export function matched(frontier, { disagreement, saved }) {
  const last = frontier.at(-1);
  return savedAt(frontier, disagreement) ?? (last.saved >= saved ? last.saved : null);
}
