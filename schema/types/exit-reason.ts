import { builder } from '../builder.ts';

export const ExitReason = builder.enumType('ExitReason', {
  description: 'What brought a run’s end about.',
  values: {
    EXITED: { description: 'It ended of its own accord, well or with an error.' },
    STOPPED: { description: 'It was asked to end, and did so within the grace.' },
    KILLED: { description: 'It was asked to end, did not within the grace, and was killed.' },
    INSTALL_FAILED: { description: 'Its dependencies could not be installed; the script was not run.' },
    SPAWN_FAILED: { description: 'The script could not be started at all.' },
    STARTUP_TIMEOUT: { description: 'It did not listen on its port in time, and was ended.' },
    UNHEALTHY: { description: 'It failed too many health checks in a row, and was ended.' },
    LOST: { description: 'It ended while no control plane was looking, and left no status.' },
  },
});
