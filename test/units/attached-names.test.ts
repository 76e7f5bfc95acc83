import { expect, it } from 'vitest';
import { attachedNames } from '../../src/units/attached-names.ts';

it.each<readonly [string, readonly string[]]>([
  ['--env-file %Y/shop-web.env', ['shop-web.env']],
  ['--env-file /units/shop-web.env', ['shop-web.env']],
  ['"type=bind,source=/units/shop-web.config,target=/etc/web"', ['shop-web.config']],
  ['%Y/shop-web.env %Y/shop-web.env', ['shop-web.env']],
  ['%Y/shop-db.env /srv/shop-web.env /srv/units/shop-web.env', []],
  ['/units/'.repeat(200_000), []],
])('%# a unit refers to the files beside it', (text, names) => {
  const unit = { name: 'shop-web.service', kind: 'container', sections: [] } as const;
  expect(attachedNames({ unit, text }, '/units')).toEqual(names);
});
