import { upcast } from '@rewards/contracts';
import { readModelSpecification } from '@rewards/testing/read-models';
import { address, foldInto, ProjectionContext } from '../runner/fold';
import type { AnyProjection } from '../runner/projection';

/** Specifies the documents of a projection, given domain events that are folded as the runner folds them. */
export const given = readModelSpecification<AnyProjection>((projection, documents, batch, before) => {
  const context = ProjectionContext.atStart(projection);
  for (const event of before) context.advance(upcast(event));
  const { addressed, failure: addressFailure } = address(projection, batch, upcast, context);
  const { changed, failure: foldFailure } = foldInto(projection, documents, addressed);
  expect(foldFailure ?? addressFailure).toBeNull();
  return changed;
});
