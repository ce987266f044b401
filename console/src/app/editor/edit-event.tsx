import { Button, Skeleton, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { bodyOf as answerOf } from '../../shared/api/client';
import { ApiProblem } from '../../shared/api/problem';
import { useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from '../components/error-panel';
import { EventStatus } from '../components/event-status';
import { Page } from '../components/page';
import { PageLink } from '../components/page-link';
import { grantsForPast } from '../event-actions/actions';
import { runEventAction } from '../event-actions/calls';
import { eventQuery, loadEvent, type VersionedEvent } from '../event-actions/event-query';
import { api, useMayCall } from '../session';
import { InEventZone } from '../time/zone-mode';
import { ConflictDialog, SaveDialog, type SaveOptions } from './dialogs';
import { EditorLayout } from './editor-layout';
import { bodyOf, changeOf, formOf } from './form';
import { NotAllowed } from './new-event';
import { editorTexts } from './texts';
import { UnsavedGuard } from './unsaved-guard';
import { useEventForm } from './use-event-form';
import { useGo } from './use-go';

/** The page that changes an event: every field of a draft, and the texts and ends of a published one. */
export const EditEvent = () => {
  const t = useTexts(editorTexts);
  const mayCall = useMayCall();
  const { eventId = '' } = useParams({ strict: false }) as { eventId?: string };
  // What a person edits does not change under their hands: a later version appears when they save.
  const { data, error, refetch } = useQuery({ ...eventQuery(eventId), staleTime: Infinity, refetchOnWindowFocus: false });
  const [loaded, setLoaded] = useState<VersionedEvent | null>(null);
  if (!mayCall('POST /events/{eventId}/change')) return <NotAllowed title={t('editTitle')} />;
  if (!loaded && data) setLoaded(data);
  if (loaded) return <EditForm key={loaded.event.eventId} loaded={loaded} />;
  return (
    <Page title={t('editTitle')}>
      {error ? (
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      ) : (
        <Stack gap="md">
          <Skeleton h={50} />
          <Skeleton h={90} />
          <Skeleton h={200} />
        </Stack>
      )}
    </Page>
  );
};

const EditForm = ({ loaded }: { loaded: VersionedEvent }) => {
  const t = useTexts(editorTexts);
  const go = useGo();
  const queries = useQueryClient();
  const [{ event, etag }, setVersion] = useState(loaded);
  const isDraft = event.status === 'DRAFT';
  const state = useEventForm(formOf(loaded.event), !isDraft);
  const [dialog, setDialog] = useState<'save' | 'publish' | null>(null);
  const [theirs, setTheirs] = useState<VersionedEvent | null>(null);
  const isSaved = useRef(false);
  const { eventId } = event;

  const change = async (): Promise<string> => {
    if (!state.isDirty) return etag;
    const params = { path: { eventId }, header: { 'If-Match': etag } };
    const request = api.POST('/events/{eventId}/change', { params, body: changeOf(state.base, state.form) });
    const { data } = await answerOf(request);
    const { response } = await request;
    const version = { event: data, etag: response.headers.get('etag') ?? etag };
    // If the publication fails now, a retry only publishes.
    setVersion(version);
    state.replace(formOf(data), formOf(data));
    return version.etag;
  };
  const save = async ({ publish, confirmPast }: SaveOptions): Promise<void> => {
    try {
      const current = await change();
      if (publish) await runEventAction('publish', { eventId, etag: current }, { confirmPast, counting: 'CONTINUE', reason: '' });
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'STALE_REVISION') {
        setTheirs(await loadEvent(eventId));
        return;
      }
      state.accept(error);
      throw error;
    }
    isSaved.current = true;
    await queries.invalidateQueries();
    notifications.show({ message: t(publish ? 'donePublish' : 'doneChange'), color: 'gray' });
    await go(`/events/${eventId}`);
  };
  const isPast =
    dialog === 'publish' &&
    grantsForPast({ autoClaim: state.form.automation === 'CLAIM', startsAt: bodyOf(state.form).startsAt }, Date.now());

  return (
    <InEventZone zone={event.timeZone}>
      <Page title={t('editTitle')} aside={<EventStatus status={event.status} />}>
        <EditorLayout state={state}>
          <Button variant="default" component={PageLink} to={`/events/${eventId}`}>
            {t('cancel')}
          </Button>
          <Button
            variant={isDraft ? 'default' : 'filled'}
            disabled={!state.isDirty}
            onClick={() => state.check('save') && setDialog('save')}
          >
            {t('review')}
          </Button>
          {isDraft && <Button onClick={() => state.check('publish') && setDialog('publish')}>{t('saveAndPublish')}</Button>}
        </EditorLayout>
        {dialog && (
          <SaveDialog
            before={state.base}
            form={state.form}
            publish={dialog === 'publish'}
            past={isPast ? state.form.startsAt : null}
            onSave={save}
            onClose={() => setDialog(null)}
          />
        )}
        {theirs && (
          <ConflictDialog
            base={state.base}
            theirs={formOf(theirs.event)}
            yours={state.form}
            onClose={() => setTheirs(null)}
            onMerged={(form) => {
              state.replace(formOf(theirs.event), form);
              setVersion(theirs);
              setTheirs(null);
            }}
          />
        )}
        <UnsavedGuard isDirty={state.isDirty} isSaved={isSaved} />
      </Page>
    </InEventZone>
  );
};
