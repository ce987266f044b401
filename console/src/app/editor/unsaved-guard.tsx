import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import type { RefObject } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { componentTexts } from '../components/texts';
import { editorTexts } from './texts';

/** Asks before unsaved changes are lost. @param isSaved set when the page is left because everything is saved */
export const UnsavedGuard = ({ isDirty, isSaved }: { isDirty: boolean; isSaved: RefObject<boolean> }) => {
  const t = useTexts(editorTexts);
  const tComponent = useTexts(componentTexts);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && !isSaved.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => isDirty && !isSaved.current,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Modal opened onClose={blocker.reset} closeButtonProps={{ 'aria-label': tComponent('close') }} title={t('leaveTitle')}>
      <Stack gap="md">
        <Text>{t('leaveHelp')}</Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={blocker.proceed}>
            {t('leave')}
          </Button>
          <Button data-autofocus onClick={blocker.reset}>
            {t('stay')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
