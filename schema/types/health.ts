import { builder } from '../builder.ts';

export const Health = builder.enumType('Health', {
  description: 'What the last health check of an app found.',
  values: {
    UNKNOWN: {
      description:
        'Not checked yet, not running, the manifest turns the check off, or it names no path and `/` answered neither 2xx nor 5xx (then a warning says what).',
    },
    HEALTHY: { description: 'It answered with a status of 200 to 299.' },
    UNHEALTHY: {
      description: 'The last check failed; at three in a row (or what the manifest says) it is restarted.',
    },
  },
});
