/** Names in the output what was not run here and why, so that it is never taken for passed. */
export const reportSkipped = (what: string, why: string): void => {
  // eslint-disable-next-line no-console -- The output of the tests is where it has to be seen.
  console.warn(`skipped: ${what} (${why})`);
};
