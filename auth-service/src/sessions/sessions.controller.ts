import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { Answers } from '@rewards/service-kit/open-api';
import { Context, type RequestContext } from '@rewards/service-kit/request-context';
import { LogInBody } from '../accounts/accounts.dto';
import { ACCESS_TOKEN_SECONDS } from './key-rotation';
import { LogIn, LogOut, RefreshSession, type Tokens } from './sessions.commands';
import { LoginAnswer, RefreshTokenBody, TokensAnswer } from './sessions.dto';
import { SigningKeys } from './signing-keys';

const toAnswer = ({ accessToken, refreshToken }: Tokens): TokensAnswer => ({
  accessToken,
  refreshToken,
  tokenType: 'Bearer',
  expiresIn: ACCESS_TOKEN_SECONDS,
});

@Controller()
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly keys: SigningKeys,
  ) {}

  @Post('auth/login')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Answers(200, LoginAnswer)
  async logIn(@Body() { email, password }: LogInBody, @Context() { requestId, traceparent }: RequestContext) {
    const login = await this.commands.execute(new LogIn(email, password, { correlationId: requestId, traceparent }));
    return { data: { ...toAnswer(login), loginId: login.loginId } };
  }

  @Post('auth/refresh')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Answers(200, TokensAnswer)
  async refresh(@Body() { refreshToken }: RefreshTokenBody) {
    return { data: toAnswer(await this.commands.execute(new RefreshSession(refreshToken))) };
  }

  @Post('auth/logout')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The session has ended' })
  async logOut(@Body() { refreshToken }: RefreshTokenBody): Promise<void> {
    await this.commands.execute(new LogOut(refreshToken));
  }

  /** Public keys of the access tokens, as RFC 7517 writes them: without an envelope. */
  @Get('.well-known/jwks.json')
  @Header('cache-control', 'public, max-age=60')
  @ApiOkResponse({
    description: 'JWK Set',
    schema: { type: 'object', required: ['keys'], properties: { keys: { type: 'array', items: { type: 'object' } } } },
  })
  publicKeys() {
    return this.keys.jwks();
  }
}
