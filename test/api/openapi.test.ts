import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { doorEventData } from '../../src/schema/api/event.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';

interface Call {
  operationId: string;
  responses: object;
  requestBody?: { required: boolean };
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Call>>;
  components: { schemas: Record<string, unknown> };
}

describe('the OpenAPI document', () => {
  let api: ApiUnderTest;
  let document: Document;
  beforeAll(async () => {
    api = await apiUnderTest();
    const answer = await api.as('none')('GET', '/openapi.json');
    document = answer.body as unknown as Document;
  });

  it('is valid OpenAPI 3.1 by an independent validator, and needs no key', async () => {
    const result = await new Validator().validate(
      document as unknown as Parameters<Validator['validate']>[0],
    );
    expect(result.errors ?? []).toEqual([]);
    expect(document.openapi).toBe('3.1.0');
  });

  it('refers only to what it holds', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '');
    expect(refs.length).toBeGreaterThan(30);
    for (const ref of refs) {
      const name = ref.replace('#/components/schemas/', '');
      expect(Object.keys(document.components.schemas), ref).toContain(name);
    }
  });

  it('names every call once and says that it can fail with a problem document', () => {
    const calls = Object.values(document.paths).flatMap((path) => Object.values(path));
    const names = calls.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { operationId, responses } of calls)
      expect(Object.keys(responses), operationId).toContain('default');
  });

  it('says which bodies may be left out', () => {
    const optional = Object.values(document.paths)
      .flatMap((path) => Object.values(path))
      .flatMap(({ operationId, requestBody }) => (requestBody?.required === false ? [operationId] : []));
    expect(optional.sort()).toEqual(['adopt_slot', 'arm_partition', 'pair_reader']);
  });

  it('holds the body of every event that happens at the doors', () => {
    const text = JSON.stringify(document.components.schemas['Event']);
    for (const type of Object.keys(doorEventData)) expect(text).toContain(`"${type}"`);
  });
});
