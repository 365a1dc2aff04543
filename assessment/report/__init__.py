"""The paper: what a report says, its figures, its HTML, and the PDF made in a child process.

sections  everything that a report says, from a result document and its instrument: `told`
parts     the shape of what is said; templates set it and decide nothing
figures   what is drawn, as geometry
document  the HTML for paper, and the paper itself: `paper`
pdf       HTML to bytes, in a child process with limits; the child alone imports the layout engine

`reader`, `glance`, `findings`, `appendix` and `words` are the parts of sections.
"""
