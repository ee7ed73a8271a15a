/* The commands of `dynstore`. A new one is a row here and a function dyn_command_NAME. */
#ifndef DYN_COMMANDS_H
#define DYN_COMMANDS_H

/* X(name, what it does) */
#define DYN_COMMANDS(X)                                                           \
    X(build, "make a snapshot from a catalogue and events")                       \
    X(import, "show what becomes of an export or feed of a shop")                 \
    X(events, "write the stream of events into a file that build reads")          \
    X(inspect, "show what a snapshot holds")                                      \
    X(explain, "show a decision and why it is as it is")                          \
    X(eval, "measure how well a snapshot's model predicts clicks")                \
    X(tune, "search for better parameters of the model")                          \
    X(recommend, "show what the model recommends after some clicks")              \
    X(words, "show what a shopper's words mean to a snapshot")                    \
    X(story, "walk shopping stories and check what is shown")                     \
    X(rules, "check and compare rules files")                                     \
    X(report, "judge experiments by what their visitors did")                     \
    X(plan, "say how many visitors and days an experiment needs")                 \
    X(records, "write decision records as lines of JSON")                         \
    X(replay, "ask recorded questions again and compare the answers")             \
    X(why, "say why a visitor was shown an item, or was not")                     \
    X(drift, "say whether records are like what the model was trained on")        \
    X(top, "show what one or several nginx do, live")                             \
    X(visitor, "make a visitor's cookie or check one, export or erase a visitor") \
    X(control, "tell every nginx to stop personalizing, or to go on")


/* argv[0] is the command's name. Returns a DYN_EXIT_ code of cli/base/options.h. */
#define X(name, help) int dyn_command_##name(int argc, char **argv);
DYN_COMMANDS(X)
#undef X

#endif
