/** Program: the named-lock design behind the same HTTP stack, with the same authentication and validation, on the same engine. */
import { Body, Controller, Module, Param, Post } from '@nestjs/common';
import { ClaimBody, toClaimRequest } from '@rewards/command-service/dist/participation/participation.requests';
import { COMMAND_REJECTIONS } from '@rewards/command-service/dist/commands.problems';
import { parsePathId } from '@rewards/service-kit';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { Call, OfCall } from '@rewards/service-kit/call';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { createHttpService } from '@rewards/service-kit/http-service';
import { runProcess } from '@rewards/service-kit/process';
import { NamedLockClaims } from './named-locks';

@Controller('events/:eventId')
class ClaimsController {
  constructor(private readonly claims: NamedLockClaims) {}

  @Post('claims')
  async claim(@Param('eventId') path: string, @Body() body: ClaimBody, @OfCall() { caller }: Call) {
    const eventId = parsePathId(path);
    const { accountId } = caller;
    const { requestId, rewardName, requested } = toClaimRequest(body);
    const claim = { eventId, accountId, requestId, rewardName, amount: Number(requested), at: new Date().toISOString() };
    const granted = await this.claims.claim(claim);
    return { data: { claimId: claimIdOf(claim), requestId, eventId, rewardName, type: 'ITEM', ...granted } };
  }
}

@Module({})
class BaselineModule {}

void runProcess('command-service', async (settings, logger) => {
  const documents = openDocumentStore(settings, 'command', 'write');
  const tokens = verifyTokensOf(settings.instances.auth);
  const app = await createHttpService({
    service: 'command',
    module: {
      module: BaselineModule,
      controllers: [ClaimsController],
      providers: [{ provide: NamedLockClaims, useValue: new NamedLockClaims(documents) }],
    },
    logger,
    identify: tokens.identify,
    rejections: COMMAND_REJECTIONS,
    readiness: { documentStore: () => documents.ping() },
  });
  await app.listen(settings.ports.command, settings.host);
  return {
    close: async () => {
      await app.close();
      tokens.stop();
      await documents.close();
    },
  };
});
