/**
 * The commands of operators on reward events, and the effect of each. `CommandRefused` stores these names: add names, never
 * rename them.
 */
export const OPERATOR_COMMANDS = {
  CreateRewardEvent: 'creates it',
  CloneRewardEvent: 'creates it',
  ChangeRewardEvent: 'changes it',
  AddReward: 'changes it',
  ChangeReward: 'changes it',
  WithdrawReward: 'changes it',
  HoldReward: 'changes it',
  ReleaseReward: 'changes it',
  PublishRewardEvent: 'changes it',
  UnpublishRewardEvent: 'changes it',
  PauseRewardEvent: 'changes it',
  ResumeRewardEvent: 'changes it',
  EndRewardEvent: 'changes it',
  DeleteRewardEvent: 'changes it',
  RestoreRewardEvent: 'changes it',
} as const satisfies Readonly<Record<string, 'creates it' | 'changes it'>>;
export type OperatorCommand = keyof typeof OPERATOR_COMMANDS;

/** The name of every command in logs, traces and metrics. */
export type CommandName =
  | OperatorCommand
  | 'CompleteEvent'
  | 'ClaimReward'
  | 'CountLogin'
  | 'RecordLogin'
  | 'RecordAccountFact'
  | 'DeadLetterMessage'
  | 'RedriveMessage'
  | 'DiscardMessage'
  | 'AddDeliveryEndpoint'
  | 'ChangeDeliveryEndpoint'
  | 'PauseDeliveryEndpoint'
  | 'ResumeDeliveryEndpoint'
  | 'DisableDeliveryEndpoint'
  | 'RemoveDeliveryEndpoint'
  | 'RotateDeliverySecret'
  | 'ResendDelivery'
  | 'AbandonDelivery';
