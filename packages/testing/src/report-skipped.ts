/** Reports in the output what was skipped and why, so that it is not mistaken for passed. */
export const reportSkipped = (what: string, why: string): void => {
  // eslint-disable-next-line no-console -- It must appear in the output of the tests.
  console.warn(`skipped: ${what} (${why})`);
};
