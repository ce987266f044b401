import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { componentTexts } from './texts';
import classes from './side-panel.module.css';

/** Shows the details of a row beside its list. */
export const SidePanel = ({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) => {
  const t = useTexts(componentTexts);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={480}
      title={title}
      overlayProps={{ backgroundOpacity: 0.15 }}
      closeButtonProps={{ 'aria-label': t('close') }}
      classNames={{ title: classes.title ?? '' }}
    >
      <div className={classes.content}>{children}</div>
    </Drawer>
  );
};
