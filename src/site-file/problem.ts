import { dotted, type TomlPath, type TomlPlaces } from './toml-position.ts';

/** One mistake in a file, where it stands, what is wrong and what would be right. */
export interface Problem {
  severity: 'error' | 'warning';
  file: string;
  /** Counted from 1. */
  line: number;
  column: number;
  /** Dotted path of what is meant, such as `doors.front.lock`; empty for the file as a whole. */
  path: string;
  message: string;
}

/** A mistake found at a path; its place in the text follows from that. */
export interface Finding {
  path: TomlPath;
  message: string;
  severity?: 'warning';
  /** Blame the key rather than its value. */
  at?: 'key';
}

/** `file:line:column: path: message`, the form editors and terminals can jump to. */
export function formatProblem(problem: Problem): string {
  const warning = problem.severity === 'warning' ? 'warning: ' : '';
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return `${problem.file}:${problem.line}:${problem.column}: ${warning}${path}${problem.message}`;
}

/** Findings with their places, in the order of the text. What is missing is blamed on the table it is missing from. */
export function problemsOf(file: string, places: TomlPlaces, findings: readonly Finding[]): Problem[] {
  const problems = findings.map((finding): Problem => {
    const { path, message, severity = 'error' } = finding;
    const place = (finding.at === undefined ? places.value(path) : null) ?? nearestPlace(places, path);
    return { severity, file, ...place, path: dotted(path), message };
  });
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

function nearestPlace(places: TomlPlaces, path: TomlPath) {
  for (let length = path.length; length > 0; length--) {
    const place = places.key(path.slice(0, length));
    if (place !== null) return place;
  }
  return { line: 1, column: 1 };
}
