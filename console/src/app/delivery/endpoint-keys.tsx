import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useTexts } from '../../shared/i18n/texts';
import { Time } from '../time/time';
import { endpointTexts } from './endpoint-texts';
import classes from './delivery.module.css';

/** The keys of an endpoint, which the server shows once. */
export interface Keys {
  readonly name: string;
  /** Null if the server no longer shows them. */
  readonly secret: string | null;
  readonly publicKey: string | null;
  /** Until when the previous secret signs as well. */
  readonly until?: string;
}

/** Shows new keys. Neither a click beside it nor Escape closes it, because the keys cannot be shown again. */
export const EndpointKeys = ({ keys: { name, secret, publicKey, until }, onClose }: { keys: Keys; onClose: () => void }) => {
  const t = useTexts(endpointTexts);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('secretTitle', { name })}
      size={560}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack gap="lg">
        <Text>{t(secret === null ? 'secretGone' : 'secretOnce')}</Text>
        {secret !== null && <Key label={t('secret')} copyLabel={t('copySecret')} value={secret} />}
        {publicKey !== null && <Key label={t('publicKey')} copyLabel={t('copyPublicKey')} value={publicKey} />}
        {until !== undefined && (
          <Text c="dimmed">
            {t('rotatedUntil')} <Time at={until} />
          </Text>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t(secret === null ? 'close' : 'stored')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
};

const Key = ({ label, copyLabel, value }: { label: string; copyLabel: string; value: string }) => {
  const t = useTexts(endpointTexts);
  const { copy, copied } = useClipboard({ timeout: 2_000 });
  return (
    <div className={classes.secret}>
      <span className={classes.label}>{label}</span>
      <div className={classes.secretValue}>
        <code>{value}</code>
        <Button variant="default" onClick={() => copy(value)}>
          {copied ? t('copied') : copyLabel}
        </Button>
      </div>
    </div>
  );
};
