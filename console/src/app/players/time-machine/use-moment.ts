import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useUrlState } from '../../url-state';
import { parseMoment, formatMoment, type Moment } from './moment';

/** How long the URL waits for the next step. Browsers limit changes of the URL. */
const STEPPING_MS = 150;

/** The moment that is chosen, which changes at once, and that of the URL, which follows. */
export const useMoment = () => {
  const [inUrl, setInUrl] = useUrlState('at');
  const [known, setKnown] = useState(inUrl);
  const [chosen, setChosen] = useState<Moment>(() => parseMoment(inUrl));
  if (known !== inUrl) {
    setKnown(inUrl);
    if (formatMoment(chosen) !== inUrl) setChosen(parseMoment(inUrl));
  }
  const follow = useDebouncedCallback(setInUrl, STEPPING_MS);
  const choose = (moment: Moment): void => {
    setChosen(moment);
    follow(formatMoment(moment));
  };
  return { chosen, settled: parseMoment(inUrl), choose };
};
