"""The rules of packaging, written a second time for the forms that nearly every release uses.

packaging is right about everything and takes 35 ms to import and 10 to 90 µs a question; a resolve asks thousands.
What is read here is read as packaging does (a corpus of recorded versions, specifiers, requirements and markers holds
both together), and whatever has another form is left to packaging: these functions then import and ask it, or return
None so that their caller does.
"""
