"""Small faults put into the bots that ship: what does `check` find, what do their conversations?"""
