import { shippedDocument, shippedFramework } from '../support/methodologies';
import { brokenDocuments, faultsOf, frameworkMutants, isNoticed } from './mutants/broken-documents';

const document = shippedDocument('cn-aml-bank');
const framework = shippedFramework('cn-2013-2');

describe('the framework of 2013, before a document is loaded', () => {
  const all = brokenDocuments(document).map((one) => [one.name, one.faults, one] as const);

  it.each(all)('%s: faults %j', (_, faults, one) => {
    expect(faultsOf(document, framework, one)).toEqual(faults);
  });

  it('has no demand that could be left out or moved by one unnoticed (E-0)', () => {
    const unnoticed = frameworkMutants(framework).filter((mutant) => !isNoticed(document, mutant));
    expect(unnoticed.map(({ what }) => what)).toEqual([
      // These the loader checks itself, and asks the framework only for the rule's name.
      ...['weightsTotal', 'weightPositive', 'notAdopted', 'confirmedBy', 'scoreRange', 'bands'].map(
        (check) => `cn-2013-2.framework.yaml /checks/${check}: left out`,
      ),
    ]);
  });
});
