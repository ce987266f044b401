import { notifications } from '@mantine/notifications';
import { useRef, useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { formatCount } from '../components/number';
import { api } from '../session';
import type { Keys } from './endpoint-keys';
import { endpointTexts } from './endpoint-texts';
import { useRefresh, type Endpoint } from './queries';
import classes from './delivery.module.css';

interface DialogProps {
  readonly endpoint: Endpoint;
  readonly onClose: () => void;
}

const paramsOf = ({ id }: Endpoint) => ({ params: { path: { id } } });

const Effects = ({ children }: { children: readonly string[] }) => (
  <ul className={classes.effects}>
    {children.map((effect) => (
      <li key={effect}>{effect}</li>
    ))}
  </ul>
);

/** Replaces the secret of an endpoint. */
export const RotateDialog = ({ endpoint, onKeys, onClose }: DialogProps & { readonly onKeys: (keys: Keys) => void }) => {
  const t = useTexts(endpointTexts);
  const refresh = useRefresh();
  // A repeated request gets the same secret.
  const [requestId] = useState(() => crypto.randomUUID());
  const isRotated = useRef(false);
  const { name } = endpoint;
  const run = async (): Promise<void> => {
    const { secret, publicKey, until } = await dataOf(
      api.POST('/delivery-endpoints/{id}/rotate-secret', { ...paramsOf(endpoint), body: { requestId } }),
    );
    isRotated.current = true;
    onKeys({ name, secret, publicKey, until });
    await refresh();
  };
  return (
    <Confirm
      title={t('rotateTitle', { name })}
      action={t('rotate')}
      onConfirm={run}
      onClose={() => isRotated.current || onClose()}
    >
      <Effects>{[t('rotateEffect'), t('rotateBoth'), t('rotateUntil')]}</Effects>
    </Confirm>
  );
};

/** Stops deliveries to an endpoint. */
export const PauseDialog = ({ endpoint, onClose }: DialogProps) => {
  const t = useTexts(endpointTexts);
  const refresh = useRefresh();
  const run = async (): Promise<void> => {
    await dataOf(api.POST('/delivery-endpoints/{id}/pause', paramsOf(endpoint)));
    await refresh();
    notifications.show({ message: t('paused') });
  };
  return (
    <Confirm title={t('pauseTitle', { name: endpoint.name })} action={t('pause')} onConfirm={run} onClose={onClose}>
      <Effects>{[t('pauseEffect')]}</Effects>
    </Confirm>
  );
};

/** Starts deliveries to an endpoint that is paused or disabled. */
export const ResumeDialog = ({ endpoint, onClose }: DialogProps) => {
  const t = useTexts(endpointTexts);
  const refresh = useRefresh();
  const run = async (): Promise<void> => {
    await dataOf(api.POST('/delivery-endpoints/{id}/resume', paramsOf(endpoint)));
    await refresh();
    notifications.show({ message: t('resumed') });
  };
  return (
    <Confirm title={t('resumeTitle', { name: endpoint.name })} action={t('resume')} onConfirm={run} onClose={onClose}>
      <Effects>{[t('resumeEffect'), ...(endpoint.state === 'DISABLED' ? [t('resumeDisabled')] : [])]}</Effects>
    </Confirm>
  );
};

/** Removes an endpoint, after its name was typed. */
export const RemoveDialog = ({ endpoint, onClose }: DialogProps) => {
  const t = useTexts(endpointTexts);
  const language = useLanguage();
  const refresh = useRefresh();
  const { name, pending, parked } = endpoint;
  const open = pending + parked;
  const run = async (): Promise<void> => {
    await dataOf(api.POST('/delivery-endpoints/{id}/remove', paramsOf(endpoint)));
    await refresh();
    notifications.show({ message: t('removed') });
  };
  const effect = open === 0 ? t('removeNone') : t('removeOpen', { count: open, shown: formatCount(open, language) });
  return (
    <Confirm title={t('removeTitle', { name })} action={t('remove')} typed={name} isDangerous onConfirm={run} onClose={onClose}>
      <Effects>{[effect, t('removeTypes'), t('removeKept')]}</Effects>
    </Confirm>
  );
};
