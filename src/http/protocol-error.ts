import { Failure } from '../errors.js';

const titles: Readonly<Record<number, string>> = {
  400: 'This request could not be read',
  403: 'You may not do this',
  405: 'This method is not used here',
  408: 'This took too long to arrive',
  413: 'This is too large',
  415: 'This kind of content is not read here',
  416: 'This part does not exist',
  421: 'This is not the address of this server',
  431: 'This request carries too much',
};

/** What HTTP itself can get wrong, before any rule of the product is asked. */
export class ProtocolError extends Failure {
  readonly status: number;
  readonly title: string;
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.title = titles[status] ?? 'This request was refused';
  }
}
