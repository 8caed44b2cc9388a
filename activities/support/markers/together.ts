/**
 * Does the same for all at once; they are in stores of their own, and most of the time goes into starting what reaches
 * them. Answers are in the order of `items`. Rejects with the first fault when everything has ended, so that nothing of a
 * failed step is still at work during the next one.
 */
export async function together<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const outcomes = await Promise.allSettled(items.map(act));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
