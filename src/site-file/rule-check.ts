import { nearestName } from '../core/nearest-name.ts';
import type { Draft } from './draft.ts';
import type { Finding } from './problem.ts';

/** The site's own tables: zone, clock, PIN lengths, lock-out, where the API listens. */
export function checkRules(draft: Draft): Finding[] {
  const findings: Finding[] = [];
  const zone = draft.site.time_zone;
  if (zone !== undefined && !isZone(zone)) {
    const near = nearestName(zone, Intl.supportedValuesOf('timeZone'));
    const meant = near === null ? 'expected one such as "Europe/Berlin"' : `did you mean "${near}"?`;
    findings.push({ path: ['site', 'time_zone'], message: `"${zone}" is no time zone; ${meant}` });
  }
  const { min_length: min, max_length: max } = draft.pin;
  if (min !== undefined && max !== undefined && min > max) {
    const message = `expected at most max_length, which is ${max}, found ${min}`;
    findings.push({ path: ['pin', 'min_length'], message });
  }
  draft.lock_out.durations?.forEach((duration, i, all) => {
    if (i > 0 && duration < (all[i - 1] ?? 0)) {
      const message =
        'shorter than the one before it; a lock-out grows with each further round of wrong tries';
      findings.push({ path: ['lock_out', 'durations', i], message });
    }
  });
  const { ntp_file } = draft.clock;
  if (ntp_file !== undefined && !ntp_file.startsWith('/run/')) {
    const message =
      'expected a file under /run, which is empty after a reboot: another would say that the clock is synchronized before it is';
    findings.push({ path: ['clock', 'ntp_file'], message });
  }
  const host = draft.api.listen?.host;
  if (host !== undefined && !/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host)) {
    const message =
      'the API speaks plain HTTP: keys and PINs can be read on this network; listen on 127.0.0.1 behind a proxy with TLS';
    findings.push({ path: ['api', 'listen'], severity: 'warning', message });
  }
  return findings;
}

/** A zone by name, not an offset: offsets know nothing of summer time. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
