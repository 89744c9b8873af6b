/** The sample of the first-run guide: short enough to read, and it answers questions about what a newcomer sees. */
export const sample = {
  title: 'Northwind travel and expenses handbook (sample)',
  sections: [
    {
      headings: ['Booking a trip'],
      text: 'Trips of up to two days need the approval of your team lead. Trips of three days or more, and every trip to another continent, also need the approval of the finance desk, at least ten working days before departure.\n\nBook trains and flights through the travel desk. Economy class is the rule. Premium economy may be booked for flights of more than six hours.',
    },
    {
      headings: ['Hotels'],
      text: 'A hotel room may cost up to 140 euros a night, breakfast included. In Zurich, London and New York the limit is 220 euros. If nothing can be had within the limit, ask the travel desk before you book: it may raise the limit for that stay and writes down why.',
    },
    {
      headings: ['Meals'],
      text: 'For each full day of a trip you may spend up to 45 euros on meals. On the day of departure and the day of return the limit is 30 euros. Alcohol is not refunded. Meals that a conference or a customer pays for are taken off: 10 euros for breakfast, 15 for lunch and 20 for dinner.',
    },
    {
      headings: ['Getting your money back'],
      text: 'Hand in your receipts within 30 days of your return. A photograph is enough when every line can be read. Amounts under 10 euros need no receipt, up to 50 euros a month in all.\n\nThe finance desk pays approved claims with the next salary. Claims that arrive after the 30 days are refused, unless illness kept you from handing them in.',
    },
    {
      headings: ['If something goes wrong'],
      text: 'Lost passports, accidents and missed connections are a matter for the emergency line, which answers at any hour. Note the name of the person you spoke to. Extra nights that a strike or the weather forces on you are refunded without prior approval; keep the notice of the airline or the railway.',
    },
  ],
};
