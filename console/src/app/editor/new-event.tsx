import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { ApiProblem } from '../../shared/api/problem';
import { useTexts } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { Page } from '../components/page';
import { PageLink } from '../components/page-link';
import { grantsForPast } from '../event-actions/actions';
import { api, useMayCall } from '../session';
import { useUrlState, withChanges, type Search } from '../url-state';
import { SaveDialog, type SaveOptions } from './dialogs';
import { EditorLayout } from './editor-layout';
import { bodyOf, type EventBody } from './form';
import { isTemplate, templateForm, TEMPLATES, type TemplateName } from './templates';
import { templateTexts } from './template-texts';
import { editorTexts } from './texts';
import { UnsavedGuard } from './unsaved-guard';
import { useEventForm } from './use-event-form';
import { useGo } from './use-go';
import classes from './editor.module.css';

/** Says that the person may not edit events. */
export const NotAllowed = ({ title }: { title: string }) => {
  const t = useTexts(editorTexts);
  return (
    <Page title={title}>
      <Empty title={t('forbidden')}>{t('forbiddenHelp')}</Empty>
    </Page>
  );
};

/** The page for a new event. It begins with a template, which the URL names. */
export const NewEvent = () => {
  const t = useTexts(editorTexts);
  const mayCall = useMayCall();
  const [template] = useUrlState('template');
  if (!mayCall('POST /events')) return <NotAllowed title={t('newTitle')} />;
  return isTemplate(template) ? <NewEventForm key={template} template={template} /> : <TemplateChoice />;
};

const focusFirst = (link: HTMLAnchorElement | null): void => link?.focus();

const TemplateChoice = () => {
  const t = useTexts(editorTexts);
  const tTemplate = useTexts(templateTexts);
  return (
    <Page title={t('newTitle')}>
      <div>
        <Text fw={500}>{t('chooseTemplate')}</Text>
        <Text c="dimmed">{t('chooseTemplateHelp')}</Text>
      </div>
      <ul className={classes.templates}>
        {TEMPLATES.map((name, index) => (
          <li key={name}>
            <Link
              to="."
              search={(current: Search) => withChanges(current, { template: name })}
              className={classes.template}
              ref={index === 0 ? focusFirst : undefined}
            >
              {tTemplate(name)}
              <span>{tTemplate(`${name}Help`)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
};

const NewEventForm = ({ template }: { template: TemplateName }) => {
  const t = useTexts(editorTexts);
  const go = useGo();
  const [initial] = useState(() => templateForm(template, new Date()));
  const state = useEventForm(initial, false);
  const isSaved = useRef(false);
  const [isPublishing, setPublishing] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const create = useCreate();

  const save = async (options: SaveOptions): Promise<void> => {
    try {
      const eventId = await create({
        ...bodyOf(state.form),
        publish: options.publish,
        ...(options.confirmPast && { confirmPast: true }),
      });
      isSaved.current = true;
      notifications.show({ message: t(options.publish ? 'donePublish' : 'doneCreate'), color: 'gray' });
      await go(`/events/${eventId}`);
    } catch (reason) {
      state.accept(reason);
      throw reason;
    }
  };
  const saveDraft = async (): Promise<void> => {
    if (!state.check('save')) return;
    setSaving(true);
    setError(null);
    await save({ publish: false, confirmPast: false }).catch(setError);
    setSaving(false);
  };
  const isPast =
    isPublishing &&
    grantsForPast({ autoClaim: state.form.automation === 'CLAIM', startsAt: bodyOf(state.form).startsAt }, Date.now());

  return (
    <Page title={t('newTitle')}>
      <EditorLayout state={state}>
        <Button variant="default" component={PageLink} to="/events">
          {t('cancel')}
        </Button>
        <Button variant="default" loading={isSaving} onClick={() => void saveDraft()}>
          {t('saveDraft')}
        </Button>
        <Button onClick={() => state.check('publish') && setPublishing(true)}>{t('saveAndPublish')}</Button>
      </EditorLayout>
      <SaveError error={error} />
      {isPublishing && (
        <SaveDialog
          before={null}
          form={state.form}
          publish
          past={isPast ? state.form.startsAt : null}
          onSave={save}
          onClose={() => setPublishing(false)}
        />
      )}
      <UnsavedGuard isDirty={state.isDirty} isSaved={isSaved} />
    </Page>
  );
};

/** Shows why something was not saved, and whether it may have been saved nevertheless. */
export const SaveError = ({ error }: { error: unknown }) => {
  const t = useTexts(editorTexts);
  if (error === null) return null;
  const isUnknown = error instanceof ApiProblem && (error.isTemporary || error.status >= 500);
  return (
    <div>
      <ErrorPanel error={error} />
      {isUnknown && <Text ta="center">{t('unknownOutcome')}</Text>}
      {error instanceof EarlierEvent && (
        <Text ta="center">
          <PageLink to={`/events/${error.eventId}/edit`}>{t('openEvent')}</PageLink>
        </Text>
      )}
    </div>
  );
};

/** An earlier attempt of this form, whose answer was lost, created an event with other values. */
class EarlierEvent extends Error {
  constructor(
    message: string,
    readonly eventId: string,
  ) {
    super(message);
  }
}

/** Returns the function that creates the event of one form: however often it is called, it creates one event. */
const useCreate = (): ((body: EventBody) => Promise<string>) => {
  const t = useTexts(editorTexts);
  const queries = useQueryClient();
  const [requestId] = useState(() => crypto.randomUUID());
  /** The body of an attempt whose outcome is not known. */
  const pending = useRef<EventBody>(null);
  const send = (body: EventBody) => dataOf(api.POST('/events', { body: { ...body, requestId } }));
  return async (body) => {
    try {
      const { eventId } = await send(body);
      await queries.invalidateQueries();
      return eventId;
    } catch (error) {
      const problem = error instanceof ApiProblem ? error : null;
      if (problem?.code === 'REQUEST_ID_REUSED' && pending.current) {
        const { eventId } = await send(pending.current);
        throw new EarlierEvent(t('savedEarlier'), eventId);
      }
      if (!problem || problem.isTemporary || problem.status >= 500) pending.current ??= body;
      throw error;
    }
  };
};
