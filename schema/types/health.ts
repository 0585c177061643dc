import { builder } from '../builder.ts';

export const Health = builder.enumType('Health', {
  description: 'What the last health check of an app found.',
  values: {
    UNKNOWN: { description: 'Not checked yet, not running, or the manifest turns the check off.' },
    HEALTHY: { description: 'It answered with a status of 200 to 299.' },
    UNHEALTHY: {
      description: 'It did not answer, or with another status; at three in a row it is restarted.',
    },
  },
});
