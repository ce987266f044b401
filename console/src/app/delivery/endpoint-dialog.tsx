import { useState } from 'react';
import type { EndpointAction } from './endpoint-row';
import { EndpointForm } from './endpoint-form';
import { PauseDialog, RemoveDialog, ResumeDialog, RotateDialog } from './endpoint-dialogs';
import { EndpointKeys, type Keys } from './endpoint-keys';
import { EndpointTest } from './endpoint-test';
import type { Endpoint } from './queries';

/** What somebody wants to do. */
export type Asked = { readonly action: 'add' } | { readonly action: EndpointAction; readonly endpoint: Endpoint };

interface EndpointDialogProps {
  readonly asked: Asked;
  readonly endpoints: readonly Endpoint[];
  readonly onClose: () => void;
}

/** The dialog of an action. New keys are shown after it, once. */
export const EndpointDialog = ({ asked, endpoints, onClose }: EndpointDialogProps) => {
  const [keys, setKeys] = useState<Keys | null>(null);
  if (keys) return <EndpointKeys keys={keys} onClose={onClose} />;
  if (!('endpoint' in asked)) return <EndpointForm endpoints={endpoints} onKeys={setKeys} onClose={onClose} />;
  const { action, endpoint } = asked;
  switch (action) {
    case 'change':
      return <EndpointForm endpoint={endpoint} endpoints={endpoints} onKeys={setKeys} onClose={onClose} />;
    case 'test':
      return <EndpointTest endpoint={endpoint} onClose={onClose} />;
    case 'rotate':
      return <RotateDialog endpoint={endpoint} onKeys={setKeys} onClose={onClose} />;
    case 'pause':
      return <PauseDialog endpoint={endpoint} onClose={onClose} />;
    case 'resume':
      return <ResumeDialog endpoint={endpoint} onClose={onClose} />;
    case 'remove':
      return <RemoveDialog endpoint={endpoint} onClose={onClose} />;
  }
};
