import { Time } from '../time/time';
import { partsOf } from './why';

/** A sentence whose times are shown in the chosen zone. */
export const Sentence = ({ text }: { readonly text: string }) => (
  <>{partsOf(text).map((part, index) => (index % 2 === 0 ? part : <Time key={index} at={part} />))}</>
);
