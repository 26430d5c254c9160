"""Privacy as a gate: the finished bytes are searched, whatever was meant to be written.

A finding points to the cell of the office's records that the text came from, else to the file. A
value from private/ is never shown. To read it downwards:

- `judge` goes through a folder; `files` tells by its name of which kind a file is;
- kinds/ has a judge each: `tables` (with `trace` to the office's cell), `descriptors`, `pages`,
  `catalogues`, `copies`, `archive`; what may be there is in `forms` and `documents`, and what is
  nobody's in `known`;
- `private` reads the folder private/, `unread` judges what lies there and is not read (DIV708),
  `searched` tells for what is searched;
- `leaks` searches a text: by `search` for what `private` has read, `names` being read by their
  parts, texts compared by `folding` and looked at around a name by `context`; by `persons` for
  names of whom nothing is known; by `contact` for contact data, of which `made` leaves out
  what div-opendata has computed itself;
- `ballots` finds the counts of secret ballots in texts that belong to them;
- `left_out` judges the rows that no file has yet, because something else in them is wrong;
- `div7xx_bytes` has the codes, DIV701, DIV704 to DIV706 and DIV709 to DIV711; DIV702 and DIV707
  are rules.
"""
