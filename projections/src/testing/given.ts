import { upcast } from '@rewards/contracts';
import { readModelSpecification } from '@rewards/testing/read-models';
import { address, foldInto } from '../runner/fold';
import type { AnyProjection } from '../runner/projection';

/** Given facts, a read model of this service shows documents, folded as the runner folds them. */
export const given = readModelSpecification<AnyProjection>((projection, documents, batch) => {
  const { addressed, failure: unaddressed } = address(projection, batch, upcast);
  const { changed, failure: unfolded } = foldInto(projection, documents, addressed);
  expect(unfolded ?? unaddressed).toBeNull();
  return changed;
});
