import { ApiProperty, PickType } from '@nestjs/swagger';
import { ROLES, type Position, type Role } from '@rewards/contracts';
import { ClaimResponse, toClaimResponse } from '@rewards/service-kit/resources/claim.responses';
import { DeliveryResponse, toDeliveryResponse } from '@rewards/service-kit/resources/delivery.responses';
import { ProgressResponse, toProgressResponse } from '../participations/participations.responses';
import { ExplanationResponse } from '../time-travel/time-travel.responses';
import { IDENTIFIERS, type FoundPlayer, type Identifier, type Player, type PlayerLogin } from './players.queries';

const EMAIL = { type: 'string', nullable: true, description: 'Null if the account was erased' } as const;

export class FoundPlayerResponse implements FoundPlayer {
  @ApiProperty({ type: 'string', format: 'uuid' })
  accountId: string;

  @ApiProperty(EMAIL)
  email: string | null;

  @ApiProperty({ enum: IDENTIFIERS, description: 'The first kind of identifier that matches' })
  matchedBy: Identifier;
}

/** The explanation of a participation without its logins. */
export class ExplanationSummaryResponse extends PickType(ExplanationResponse, ['completion', 'milestones', 'claims'] as const) {}

export class PlayerParticipationResponse extends ProgressResponse {
  @ApiProperty({
    type: ExplanationSummaryResponse,
    nullable: true,
    description: 'Whether the player can complete and claim now; null if the event cannot be read',
  })
  explain: ExplanationSummaryResponse | null;
}

export class PlayerLoginResponse implements PlayerLogin {
  @ApiProperty({ type: 'string', format: 'uuid' })
  loginId: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'string' })
  position: Position;
}

/** What support needs about one player. */
export class PlayerResponse {
  @ApiProperty({ type: 'string', format: 'uuid' })
  accountId: string;

  @ApiProperty(EMAIL)
  email: string | null;

  @ApiProperty({ enum: ROLES, isArray: true, description: 'Empty once the account is erased' })
  roles: readonly Role[];

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  registeredAt: string | null;

  @ApiProperty({ type: PlayerParticipationResponse, isArray: true, description: 'The newest 50' })
  participations: readonly PlayerParticipationResponse[];

  @ApiProperty({ type: ClaimResponse, isArray: true, description: 'The newest 20, granted and rejected' })
  claims: readonly ClaimResponse[];

  @ApiProperty({ type: PlayerLoginResponse, isArray: true, description: 'The newest 20' })
  logins: readonly PlayerLoginResponse[];

  @ApiProperty({ type: DeliveryResponse, isArray: true, description: 'The newest 20' })
  deliveries: readonly DeliveryResponse[];

  @ApiProperty({ type: 'array', items: { type: 'object' }, description: 'Empty: there are no corrections yet' })
  corrections: readonly object[];
}

export const toPlayerResponse = ({ participations, claims, deliveries, ...player }: Player): PlayerResponse => ({
  ...player,
  participations: participations.map(({ explain, ...row }) => ({ ...toProgressResponse(row), explain })),
  claims: claims.map(toClaimResponse),
  deliveries: deliveries.map(toDeliveryResponse),
  corrections: [],
});
