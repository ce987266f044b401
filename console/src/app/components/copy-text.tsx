import { UnstyledButton } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useTexts } from '../../shared/i18n/texts';
import { useLazyTooltip } from './lazy-tooltip';
import { componentTexts } from './texts';
import classes from './copy-text.module.css';

/** A value that a click copies, such as an id. @param shown what is shown instead of the whole value */
export const CopyText = ({ value, shown }: { value: string; shown?: string }) => {
  const t = useTexts(componentTexts);
  const { copy, copied } = useClipboard({ timeout: 1_000 });
  const [handlers, tooltip] = useLazyTooltip(() => (copied ? t('copied') : t('copy')));
  return (
    <>
      <UnstyledButton className={classes.copy} onClick={() => copy(value)} aria-label={`${t('copy')} ${value}`} {...handlers}>
        {shown ?? value}
      </UnstyledButton>
      {tooltip}
    </>
  );
};

/** Short form of an id, enough to tell it from its neighbours. */
export const shortId = (id: string): string => id.slice(0, 8);
