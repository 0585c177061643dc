import { builder } from '../builder.ts';
import './activate-release.ts';
import './assign-port.ts';
import './create-login-link.ts';
import './create-token.ts';
import './grant-app-access.ts';
import './remove-app.ts';
import './rename-app.ts';
import './restart-app.ts';
import './revoke-token.ts';
import './set-app-icon.ts';
import './start-app.ts';
import './stop-app.ts';

builder.mutationType({
  description:
    'Commands. Each answers with a success or with a typed failure that says what to do; commands of one app are taken one at a time, and none is lost.',
});
