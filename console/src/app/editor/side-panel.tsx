import { Button, SegmentedControl, Text } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { LANGUAGE_NAMES, LANGUAGES, useLanguage, useTexts, type Language } from '../../shared/i18n/texts';
import { EventCard } from '../../shared/player/event-card';
import { Section } from '../components/page';
import { Status } from '../components/status';
import type { EventForm } from './form';
import { previewEvent, previewProgress, promisedBy, STAGES, type Stage } from './promised';
import { editorTexts } from './texts';
import type { FormState } from './use-event-form';
import { eventWords } from './words';
import classes from './editor.module.css';

/** Milestones shown before the person asks for all. */
const MAX_MILESTONES = 5;
const STAGE_TEXTS = { new: 'stageNew', half: 'stageHalf', done: 'stageDone' } as const;

/** What the event means: in words, and as players see it. */
export const SidePanel = ({ state }: { state: FormState }) => {
  const t = useTexts(editorTexts);
  const form = useDeferredValue(state.form);
  const isValid = useDeferredValue(state.issues.size === 0) && state.issues.size === 0;
  return (
    <div className={classes.side}>
      <Section title={t('inWords')}>{isValid ? <Words form={form} /> : <Text c="dimmed">{t('inWordsInvalid')}</Text>}</Section>
      {isValid && <PlayerPreview form={form} />}
    </div>
  );
};

/** Says whether the event can be saved and published. */
export const Readiness = ({ state }: { state: FormState }) => {
  const t = useTexts(editorTexts);
  const count = state.issues.size;
  if (state.isPublished && count === 0) return null;
  const tone = count > 0 ? 'bad' : state.publicationIssues.size > 0 ? 'warn' : 'good';
  const text = count > 0 ? t('problems', { count }) : t(state.publicationIssues.size > 0 ? 'readyDraft' : 'ready');
  return (
    <div role="status">
      <Status tone={tone}>{text}</Status>
    </div>
  );
};

/** The event in sentences, in the language of the console. */
export const Words = ({ form }: { form: EventForm }) => {
  const t = useTexts(editorTexts);
  const language = useLanguage();
  const [isOpen, setOpen] = useState(false);
  const { sentences, milestones } = useMemo(() => eventWords(promisedBy(form), language), [form, language]);
  const isLong = milestones.length > MAX_MILESTONES;
  const shown = isLong && !isOpen ? [...milestones.slice(0, MAX_MILESTONES - 1), '…', ...milestones.slice(-1)] : milestones;
  return (
    <div className={classes.words}>
      {sentences.map((sentence) => (
        <Text key={sentence}>{sentence}</Text>
      ))}
      {shown.length > 0 && (
        <ul>
          {shown.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {isLong && (
        <div>
          <Button variant="default" size="compact-xs" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? t('showFewer') : t('showAll', { count: milestones.length })}
          </Button>
        </div>
      )}
    </div>
  );
};

const PlayerPreview = ({ form }: { form: EventForm }) => {
  const t = useTexts(editorTexts);
  const current = useLanguage();
  const [chosen, setChosen] = useState<Language | null>(null);
  const [stage, setStage] = useState<Stage>('half');
  const { event, progress, now } = useMemo(() => {
    const made = previewEvent(form);
    return { event: made, ...previewProgress(made, stage) };
  }, [form, stage]);
  const language = chosen ?? current;
  return (
    <Section title={t('playerPreview')}>
      <div className={classes.switches}>
        <SegmentedControl
          aria-label={t('previewStage')}
          value={stage}
          onChange={(value) => setStage(STAGES.find((each) => each === value) ?? 'half')}
          data={STAGES.map((value) => ({ value, label: t(STAGE_TEXTS[value]) }))}
        />
        <SegmentedControl
          aria-label={t('previewLanguage')}
          value={language}
          onChange={(value) => setChosen(LANGUAGES.find((each) => each === value) ?? null)}
          data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        />
      </div>
      <div className={classes.phone}>
        <EventCard key={stage} event={event} progress={progress} language={language} now={now} isPreview />
      </div>
    </Section>
  );
};
