/** A fault in an expression: what is wrong and what to do. */
export class ExpressionFault extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}
