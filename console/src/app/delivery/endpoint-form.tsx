import { Button, Checkbox, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ENDPOINT_KINDS } from '@rewards/contracts/delivery';
import { REWARD_TYPES } from '@rewards/contracts/reward-event';
import { useId, useRef } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from '../components/error-panel';
import { componentTexts } from '../components/texts';
import { kindTexts } from '../event/texts';
import { FROM } from './endpoint-input';
import type { Keys } from './endpoint-keys';
import { endpointTexts } from './endpoint-texts';
import type { Endpoint } from './queries';
import { useEndpointForm } from './use-endpoint-form';
import classes from './delivery.module.css';

interface EndpointFormProps {
  /** Missing if one is added. */
  readonly endpoint?: Endpoint;
  readonly endpoints: readonly Endpoint[];
  readonly onKeys: (keys: Keys) => void;
  readonly onClose: () => void;
}

const FROM_TEXTS = { now: 'fromNow', beginning: 'fromBeginning', position: 'fromPosition' } as const;

/** Adds an endpoint, or changes one. */
export const EndpointForm = ({ endpoint, endpoints, onKeys, onClose }: EndpointFormProps) => {
  const t = useTexts(endpointTexts);
  const tKind = useTexts(kindTexts);
  const tComponents = useTexts(componentTexts);
  const typesHelpId = useId();
  const typesErrorId = useId();
  const form = useRef<HTMLFormElement>(null);
  const { input, change, touch, errors, error, isRunning, submit } = useEndpointForm({
    endpoint,
    endpoints,
    onKeys: (keys) => {
      notifications.show({ message: t('added') });
      onKeys(keys);
    },
    onDone: () => {
      notifications.show({ message: t(endpoint ? 'changed' : 'added') });
      onClose();
    },
    focus: (field) => form.current?.querySelector<HTMLElement>(`[data-field=${field}]`)?.focus(),
  });
  const text = (field: 'name' | 'url' | 'maxPerSecond' | 'timeoutMs') => ({
    label: t(field),
    value: input[field],
    error: errors[field],
    onChange: ({ currentTarget }: { currentTarget: HTMLInputElement }) => change({ [field]: currentTarget.value }),
    onBlur: () => touch(field),
    'data-field': field,
    autoComplete: 'off',
    spellCheck: false,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size={560}
      title={endpoint ? t('changeTitle', { name: endpoint.name }) : t('addTitle')}
      closeButtonProps={{ 'aria-label': tComponents('close') }}
    >
      <form
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap="md">
          {endpoint ? (
            <Text c="dimmed">{t('changeHelp')}</Text>
          ) : (
            <Radio.Group
              label={t('kind')}
              value={input.kind}
              onChange={(kind) => change({ kind: kind === 'BUS' ? 'BUS' : 'WEBHOOK' })}
            >
              <Group gap="lg" mt="xs">
                {ENDPOINT_KINDS.map((kind) => (
                  <Radio key={kind} size="xs" value={kind} label={t(kind)} />
                ))}
              </Group>
            </Radio.Group>
          )}
          <TextInput {...text('name')} data-autofocus />
          {input.kind === 'WEBHOOK' && (
            <TextInput {...text('url')} description={t('urlHelp')} placeholder="https://game.example.com/rewards" />
          )}
          <Checkbox.Group
            label={t('types')}
            description={<span id={typesHelpId}>{t('typesHelp')}</span>}
            error={errors.rewardTypes && <span id={typesErrorId}>{errors.rewardTypes}</span>}
            value={[...input.rewardTypes]}
            onChange={(types) => change({ rewardTypes: REWARD_TYPES.filter((type) => types.includes(type)) })}
          >
            <Group gap="lg" my="xs">
              {REWARD_TYPES.map((type, index) => (
                <Checkbox
                  key={type}
                  value={type}
                  label={tKind(type)}
                  data-field={index === 0 ? 'rewardTypes' : undefined}
                  aria-describedby={errors.rewardTypes ? `${typesHelpId} ${typesErrorId}` : typesHelpId}
                />
              ))}
            </Group>
          </Checkbox.Group>
          <div className={classes.pair}>
            <TextInput {...text('maxPerSecond')} inputMode="numeric" />
            {input.kind === 'WEBHOOK' && <TextInput {...text('timeoutMs')} inputMode="numeric" />}
          </div>
          {!endpoint && (
            <Radio.Group
              label={t('from')}
              value={input.from}
              onChange={(value) => change({ from: FROM.find((each) => each === value) ?? 'now' })}
            >
              <Stack gap="sm" mt="xs">
                {FROM.map((from) => (
                  <Radio key={from} size="xs" value={from} label={t(FROM_TEXTS[from])} />
                ))}
              </Stack>
            </Radio.Group>
          )}
          {!endpoint && input.from === 'position' && (
            <TextInput
              label={t('position')}
              description={t('positionHelp')}
              value={input.position}
              error={errors.from}
              onChange={({ currentTarget }) => change({ position: currentTarget.value })}
              onBlur={() => touch('from')}
              data-field="from"
              autoComplete="off"
              spellCheck={false}
            />
          )}
          {error !== null && <ErrorPanel error={error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={isRunning}>
              {t(endpoint ? 'save' : 'addTitle')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
