import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useLanguage, useTexts } from '../../../shared/i18n/texts';
import { Time } from '../../time/time';
import { factWords, type Fact } from './facts';
import { timeMachineTexts } from './texts';
import classes from './time-machine.module.css';

const ROW_HEIGHT = 32;

interface FactListProps {
  readonly facts: readonly Fact[];
  readonly index: number;
  readonly onChoose: (index: number) => void;
}

/** The recorded events one by one, each in words, and as JSON to copy. */
export const FactList = ({ facts, index, onChoose }: FactListProps) => {
  const t = useTexts(timeMachineTexts);
  const language = useLanguage();
  const viewport = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: facts.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  useEffect(() => {
    if (index >= 0) virtualizer.scrollToIndex(index);
  }, [virtualizer, index]);
  return (
    <div ref={viewport} className={classes.facts} tabIndex={-1}>
      <ol style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const fact = facts[item.index];
          if (!fact) return null;
          return (
            <li
              key={fact.revision}
              className={classes.fact}
              aria-current={item.index === index ? 'step' : undefined}
              aria-setsize={facts.length}
              aria-posinset={item.index + 1}
              style={{ transform: `translateY(${item.start}px)`, height: ROW_HEIGHT }}
            >
              <span className={classes.revision}>{fact.revision}</span>
              <span className={classes.factTime}>
                <Time at={fact.at} />
              </span>
              <button type="button" className={classes.factWords} title={fact.type} onClick={() => onChoose(item.index)}>
                {factWords(fact, t, language)}
              </button>
              <CopyButton value={JSON.stringify(fact, null, 2)} timeout={1_000}>
                {({ copied, copy }) => (
                  <Tooltip label={copied ? t('copied') : t('copyJson')}>
                    <ActionIcon onClick={copy} aria-label={`${t('copyJson')}: ${fact.revision}`}>
                      {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                    </ActionIcon>
                  </Tooltip>
                )}
              </CopyButton>
            </li>
          );
        })}
      </ol>
    </div>
  );
};
