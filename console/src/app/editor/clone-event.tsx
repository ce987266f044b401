import { Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { DAY_MS } from '@rewards/domain/calendar-days';
import { useConditionWords } from '../components/condition-words';
import { Page, Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { ErrorPanel } from '../components/error-panel';
import { eventQuery, type RewardEvent } from '../event-actions/event-query';
import { api, useMayCall } from '../session';
import { Time } from '../time/time';
import { InEventZone } from '../time/zone-mode';
import { movedName, movedWindow, MOVES } from './clone';
import { AUTOMATION_TEXTS } from './field-lines';
import { DateField } from './fields/date-field';
import { formOf } from './form';
import { NotAllowed, SaveError } from './new-event';
import { editorTexts } from './texts';
import { UnsavedGuard } from './unsaved-guard';
import { fieldId } from './use-event-form';
import { useGo } from './use-go';
import { issuesOf } from './validation';
import { instantIn } from './wall-time';
import classes from './editor.module.css';

const MOVE_TEXTS = { next: 'moveNext', week: 'moveWeek', month: 'moveMonth' } as const;

/** The page that copies an event to other dates. The copy is a draft, which the editor opens. */
export const CloneEvent = () => {
  const t = useTexts(editorTexts);
  const mayCall = useMayCall();
  const { eventId = '' } = useParams({ strict: false }) as { eventId?: string };
  const { data, error, refetch } = useQuery({ ...eventQuery(eventId), refetchOnWindowFocus: false });
  if (!mayCall('POST /events/{eventId}/clone')) return <NotAllowed title={t('cloneTitle')} />;
  if (data) return <CloneForm key={eventId} original={data.event} />;
  return (
    <Page title={t('cloneTitle')}>
      {error ? <ErrorPanel error={error} onRetry={() => void refetch()} /> : <Skeleton h={200} maw={640} />}
    </Page>
  );
};

const CloneForm = ({ original }: { original: RewardEvent }) => {
  const t = useTexts(editorTexts);
  const go = useGo();
  const queries = useQueryClient();
  const [requestId] = useState(() => crypto.randomUUID());
  const [source] = useState(() => formOf(original));
  const [values, setValues] = useState(() => {
    const window = movedWindow(source, 'next');
    return { name: movedName(source.name, source.startsAt, window.startsAt), ...window };
  });
  const [isChanged, setChanged] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isSaved = useRef(false);
  const { timeZone, dayStartsAt } = source;
  const issues = issuesOf({ ...source, ...values, claimsUntil: '' });
  const set = (changes: Partial<typeof values>): void => {
    setChanged(true);
    setValues((current) => ({ ...current, ...changes }));
  };
  const errorOf = (field: 'name' | 'startsAt' | 'endsAt') => {
    const issue = issues.get(field);
    return issue && t(issue.text, issue.values);
  };
  const save = async (): Promise<void> => {
    const invalid = (['name', 'startsAt', 'endsAt'] as const).find((field) => issues.has(field));
    if (invalid) return document.getElementById(fieldId(invalid))?.focus();
    setSaving(true);
    setError(null);
    const at = (text: string) => instantIn(text, timeZone, dayStartsAt) ?? text;
    const body = { name: values.name.trim(), startsAt: at(values.startsAt), endsAt: at(values.endsAt), requestId };
    try {
      const { eventId } = await dataOf(
        api.POST('/events/{eventId}/clone', { params: { path: { eventId: original.eventId } }, body }),
      );
      isSaved.current = true;
      await queries.invalidateQueries();
      notifications.show({ message: t('doneCreate'), color: 'gray' });
      await go(`/events/${eventId}/edit`);
    } catch (reason) {
      setError(reason);
      setSaving(false);
    }
  };

  return (
    <InEventZone zone={timeZone}>
      <Page title={t('cloneOf', { name: original.name })}>
        <form
          className={classes.narrow}
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <TextInput
            id={fieldId('name')}
            label={t('name')}
            value={values.name}
            error={errorOf('name')}
            autoFocus
            onChange={({ currentTarget }) => set({ name: currentTarget.value })}
          />
          <Section title={t('cloneMoves')}>
            <Text c="dimmed" component="div">
              {t('cloneOriginal')}: <Time at={original.startsAt} /> – <Time at={original.endsAt} />
            </Text>
            <Group gap="sm">
              {MOVES.map((move) => (
                <Button
                  key={move}
                  variant="default"
                  onClick={() => {
                    const window = movedWindow(source, move);
                    set({ ...window, name: movedName(source.name, source.startsAt, window.startsAt) });
                  }}
                >
                  {t(MOVE_TEXTS[move])}
                </Button>
              ))}
            </Group>
            <div className={classes.threeColumns}>
              {(['startsAt', 'endsAt'] as const).map((field) => (
                <DateField
                  key={field}
                  id={fieldId(field)}
                  label={t(field)}
                  value={values[field]}
                  zone={timeZone}
                  defaultTime={dayStartsAt}
                  error={errorOf(field)}
                  onChange={(value) => set({ [field]: value })}
                  onBlur={() => setChanged(true)}
                />
              ))}
            </div>
          </Section>
          <Stays original={original} />
          <SaveError error={error} />
          <Group gap="sm" justify="flex-end">
            <Button variant="default" component={PageLink} to={`/events/${original.eventId}`}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={isSaving}>
              {t('cloneCreate')}
            </Button>
          </Group>
        </form>
        <UnsavedGuard isDirty={isChanged} isSaved={isSaved} />
      </Page>
    </InEventZone>
  );
};

/** What a clone takes over. */
const Stays = ({ original }: { original: RewardEvent }) => {
  const t = useTexts(editorTexts);
  const conditions = useConditionWords();
  const { endsAt, claimsUntil, timeZone, condition, cycle, autoClaim, autoComplete, milestones, dayStartsAt } = original;
  const automation = autoClaim ? 'CLAIM' : autoComplete ? 'COMPLETE' : 'NONE';
  const rewards = milestones.reduce((sum, each) => sum + each.rewards.length, 0);
  const claimDays = Math.round((Date.parse(claimsUntil) - Date.parse(endsAt)) / DAY_MS);
  const rows: readonly (readonly [string, string])[] = [
    [t('conditionType'), conditions.short(condition)],
    [t('cycle'), conditions.cycle(cycle)],
    [t('rows'), `${t('cloneRewards', { count: rewards })}, ${t('cloneMilestones', { count: milestones.length })}`],
    [t('automation'), t(AUTOMATION_TEXTS[automation])],
    [t('timeZone'), `${timeZone}, ${dayStartsAt}`],
    [t('claimsUntil'), t('cloneClaims', { count: claimDays })],
  ];
  return (
    <Stack gap="sm">
      <Text fw={500}>{t('cloneStays')}</Text>
      <dl className={classes.stays}>
        {rows.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Stack>
  );
};
