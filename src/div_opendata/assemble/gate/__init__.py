"""Privacy as a gate: the finished bytes are searched, whatever was meant to be written.

A finding points to the cell of the office's records that the text came from, else to the file. A
value from private/ is never shown. To read it downwards:

- `judge` goes through a folder; `files` tells by its name of which kind a file is;
- `tables` (with `trace` to the office's cell), `descriptors`, `catalogues`, `pages`, `copies` and
  `archive` judge the kinds, by what may be there (`forms`, `documents`) or is nobody's (`known`);
- `leaks` searches a text: by `search` for what `private` has read, `names` being read by their
  parts and texts compared by `folding`; by `contact` for contact data;
- `findings` has the codes, DIV701 and DIV704 to DIV706.
"""
