import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from './error-panel';
import { componentTexts } from './texts';

interface ConfirmProps {
  readonly title: string;
  /** What the action does and whom it concerns. */
  readonly children: ReactNode;
  /** Name of the action on its button. */
  readonly action: string;
  readonly isDangerous?: boolean;
  /** A word to type before the action is possible. */
  readonly typed?: string;
  /** Whether the form in the dialog is complete. If it is not, the form shows what is missing. */
  readonly isComplete?: () => boolean;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks before an action, and shows why it failed. */
export const Confirm = ({
  title,
  children,
  action,
  isDangerous = false,
  typed,
  isComplete,
  onConfirm,
  onClose,
}: ConfirmProps) => {
  const t = useTexts(componentTexts);
  const [word, setWord] = useState('');
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (): Promise<void> => {
    if (isComplete?.() === false) return;
    setIsRunning(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (reason) {
      setError(reason);
    } finally {
      setIsRunning(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Stack gap="md">
          {children}
          {typed !== undefined && (
            <TextInput
              label={t('typeToConfirm', { word: typed })}
              value={word}
              onChange={({ currentTarget }) => setWord(currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {error !== null && <ErrorPanel error={error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button
              type="submit"
              loading={isRunning}
              disabled={typed !== undefined && word !== typed}
              data-autofocus={typed === undefined || undefined}
              color={isDangerous ? 'red' : undefined}
            >
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
