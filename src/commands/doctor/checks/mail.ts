import { describeRejection, greetMailServer } from '../../../mail/smtp.js';
import { type Check, failure, isLocal, note, ok } from '../finding.js';

/** By the words of nodemailer. */
const help: Readonly<Record<string, string>> = {
  EAUTH: 'Name and password in SMTP_URL are not accepted. Write special characters as %xx.',
  ETLS: 'Encryption failed: the server must offer STARTTLS with a certificate for its name; add ?ca=FILE for one of yours.',
  ESOCKET: 'Encryption or connection failed: is the port right, and the certificate for that name?',
  EDNS: 'The name of the server is not known.',
  ECONNECTION: 'Nobody listens there: look at host, port and firewall.',
  ETIMEDOUT: 'It did not answer: look at host, port and firewall. Many networks close port 25.',
};

export const mail: Check = {
  id: 'mail',
  title: 'Mail',
  async examine(deployment) {
    const { SMTP_URL, origin } = deployment.settings;
    if (!SMTP_URL) {
      if (isLocal(deployment)) return [note(`Mails are captured at ${origin}/captured-mail, which is fine here.`)];
      return [failure('No mail server is set: nobody can confirm an address.', 'Set SMTP_URL.')];
    }
    try {
      await greetMailServer(SMTP_URL);
    } catch (error) {
      const { text } = describeRejection(error);
      const todo = help[text.split(' ')[0] ?? ''] ?? 'Look at SMTP_URL, and at the log of the mail server.';
      return [failure(`The mail server did not let us in: ${text}.`, todo)];
    }
    return [ok('The mail server lets us in. Nothing was sent.')];
  },
};
